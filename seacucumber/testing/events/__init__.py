"""What SES tells of a message after it was accepted, and to whom."""
