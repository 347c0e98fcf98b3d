SHELL := bash
help: ; @echo soon
