"""The API: `/agreements` to read and to negotiate, `/rest/slam` for clients of the INDIGO generation, `/problems`.

Everybody brings a token. What somebody may not see is answered as if it were not there.
"""
