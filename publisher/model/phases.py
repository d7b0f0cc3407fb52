"""Education phases as published (method, section 1)."""

PUBLISHED_PHASES = ("Primary", "Secondary", "Special")
ALL_SCHOOLS = "All schools"
EDUCATION_PHASES = (*PUBLISHED_PHASES, ALL_SCHOOLS)
