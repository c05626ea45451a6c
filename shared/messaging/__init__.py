"""Events between services: nothing lost, nothing doubled in effect, whatever happens to the broker.

Read in this order; each file is one step of an event's journey:

1. `work`       a use case changes state and emits events, in one transaction
2. `outbox`     the events and one delivery row per subscriber are part of that transaction
3. `deliveries` what is still owed to whom, and the evidence that something was lost
4. `relay`      leases due deliveries, publishes them in batches, listens for replies
5. `broker`     what is said to Redis, and how the loss of its content is noticed
6. `consumer`   stores a batch in the inbox, confirms it, applies it; retries, defers, buries
7. `inbox`      the rows behind that, and the claim that makes an effect happen once
8. `timers`     due times as rows, fired once, by `clock_process`
9. `anti_entropy`, `anti_entropy_check`   how a service restored from a backup heals by itself
10. `celery_app`, `safe_transport`, `reconnection`   what Celery and kombu are told, and what they would do without it
11. `dead_letters`, `replay`, `housekeeping`, `partitions`   what operators and the calendar need

docs/reliability.md tells the design as a story, and names the test of each guarantee.
"""
