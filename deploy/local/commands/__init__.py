"""One module per command of `ventanilla`; `deploy.local.cli` says which."""
