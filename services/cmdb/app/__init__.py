"""What the cmdb does: follow the federation folder, take changes from people, read sites, put all of it together."""
