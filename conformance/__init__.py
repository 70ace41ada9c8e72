"""The suite: runs small programs under two torch-like namespaces and judges what they leave."""
