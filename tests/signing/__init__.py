"""Keys, records, sealed keys and signatures."""
