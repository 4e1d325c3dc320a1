"""Amazon SQS, as far as a consumer of events sees it."""
