"""Inquiries, their messages and their requesters as clients see them."""
