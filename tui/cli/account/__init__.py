"""Commands about the account: login, doctor, sync, models, sandbox."""
