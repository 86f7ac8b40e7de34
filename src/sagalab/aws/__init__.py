"""The local AWS: the only importer of moto. One file per service, one named patch per gap."""
