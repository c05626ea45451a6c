"""One act on many cases: started from a page or the API, finished by the clock."""
