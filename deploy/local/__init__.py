"""The embedded runtime: real servers, every process of the product, and sandboxes, on one machine."""
