"""What people fill in. A form knows fields and lengths; whether an act is allowed is the domain's to say."""
