"""The platform's screener, check by check, on finished files read back from disk.

The names, order and severity of the checks are those of the screener of Explore education
statistics (eesyscreener 0.3.1); `house` adds what that screener does not look at.
"""
