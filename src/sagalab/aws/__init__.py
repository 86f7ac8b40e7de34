"""The local AWS: the only importer of moto. A folder for each service, one named patch per gap."""
