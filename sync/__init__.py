"""What moves between lists and Salesforce: jobs, schedules, runs, the queue and the engine."""
