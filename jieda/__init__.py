"""Jieda (接答): support for the customer engagement apps operated by 21Vianet in China."""
