"""The one public process: chat API, the widget and its page."""
