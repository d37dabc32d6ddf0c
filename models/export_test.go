package models

// The statements of news, by engine, for a look at how they are run.
var (
	RecentNewsOf = recentNews
	OldNewsOf    = oldNews
)
