"""Events between services: nothing lost, nothing doubled in effect, whatever happens to the broker.

Read in this order; each file is one step of an event's journey:

1. `work`       a use case changes state and emits events, in one transaction
2. `outbox`     the events and one delivery row per subscriber are part of that transaction
3. `relay`      leases due deliveries, publishes them in batches, listens for confirmations
4. `broker`     what is said to Redis, and how the loss of its content is noticed
5. `consumer`   stores a batch in the inbox, applies it, confirms it; retries, defers, buries
6. `inbox`      the rows behind that, and the claim that makes an effect happen once
7. `timers`     due times as rows, fired once, by `clock_process`
8. `dead_letters`, `replay`, `housekeeping`   what operators do when something needs a hand
"""
