"""An SMS gateway for development: Kannel's `sendsms` in, delivery reports out, phones on a page. It sends nothing."""
