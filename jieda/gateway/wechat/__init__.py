"""WeChat: official accounts (公众号) and customer service (微信客服) as channels to the conversation ledger."""
