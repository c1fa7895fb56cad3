"""Translation: sentences from Chinese into English."""
