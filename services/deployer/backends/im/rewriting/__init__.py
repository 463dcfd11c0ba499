"""A template made ready for one site: named, pure functions on the YAML document, a file for each subject.

Values are set at the paths that the compiled topology names; nothing here understands TOSCA beyond those places.
"""
