"""What the config asks for: checks, plan, paths, resources."""
