"""What people and boxes read of the schedule: now and next, listings."""
