"""The generator of invented feeds: a register feed that looks like England and describes nobody.

Nothing here reads a real register. Published national statistics, compiled into `calibration/`,
decide how many schools, pupils and absences there are; everything about one pupil is drawn.
Forbidden here: to know how a feed is read, stored, counted or protected.
"""
