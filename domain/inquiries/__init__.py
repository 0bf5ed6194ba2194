"""Conversations with people outside: inquiries, their messages, and the cases they belong to."""
