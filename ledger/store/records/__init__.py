"""Records of movements, and movements as Numerai lists them."""
