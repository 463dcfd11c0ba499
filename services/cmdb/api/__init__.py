"""HTTP: sites to read and to change (`/sites`), and the read APIs of two older generations (`/cmdb`, `/api/v1`)."""
