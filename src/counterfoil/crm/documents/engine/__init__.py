"""What runs in the child process: it knows neither Django nor any record, only bytes and a document's data.

Everything that somebody uploaded is read here and nowhere else, behind the limits of `confinement`.
"""
