"""Six services that tell each other facts over Kafka and share nothing but the language in `shared.contracts`."""
