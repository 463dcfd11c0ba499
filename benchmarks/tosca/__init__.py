"""What the compiler costs: real templates beside tosca-parser 2.15, and templates that grow."""
