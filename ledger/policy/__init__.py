"""Where payouts go by percent: kept, tried on the past, put in force, realised as drafts."""
