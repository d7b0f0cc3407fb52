"""What reviewers see and sign."""
