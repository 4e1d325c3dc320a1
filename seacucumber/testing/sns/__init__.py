"""Amazon SNS, as far as events go through it: topics, signatures, HTTP and queues."""
