# Prints the Makefile's targets with their texts, by section.
BEGIN { FS = ":.*## "; print "usage: make TARGET" }
/^##@/ { printf "\n%s\n", substr($0, 5) }
/^[a-z0-9-]+:.*## / { printf "  %-20s %s\n", $1, $2 }
