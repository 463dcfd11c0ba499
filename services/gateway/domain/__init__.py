"""What a user sees of a deployment, and the TOSCA compiler: pure."""
