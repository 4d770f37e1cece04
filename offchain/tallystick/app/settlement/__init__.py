"""From vouchers to paid contributors."""
