module update

go 1.26.0
