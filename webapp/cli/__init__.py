"""The command `sanshen`: the other door beside the web, with the same verbs behind it."""
