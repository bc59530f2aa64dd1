"""rasa-sdk actions: thin; they ask `jieda` and choose a response of `domain.yml`."""
