"""Apache Kafka itself: one KRaft node from its own jars."""
