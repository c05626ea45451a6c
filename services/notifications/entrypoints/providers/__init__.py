"""How a message leaves the house: SMTP for e-mail, Kannel's HTTP interface for SMS."""
