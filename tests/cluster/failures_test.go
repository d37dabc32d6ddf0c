package cluster

import "time"

// failure is something that breaks and is repaired.
type failure struct {
	name    string
	trouble trouble
	begin   func(w *world)
	repair  func(w *world)
}

// failures are all that happens, one after the other, each to another instance than
// the one before. What a network drops is lost for ever: its connections stay silent.
var failures = []failure{
	{"nothing fails", nothing, leave, leave},
	{"an instance is killed, and started again", anything,
		func(w *world) { w.cluster.Instances[0].Kill() },
		func(w *world) { w.cluster.Instances[0].Start() }},
	{"every instance is restarted in its turn", nothing, restartAll, leave}, // it drains first
	{"Redis is killed, and started again empty", guarded,
		func(w *world) { w.cluster.Redis.Stop() },
		func(w *world) { w.cluster.Redis.Start() }},
	{"Redis answers nothing", guarded,
		func(w *world) { w.cluster.Redis.HangFor(w.outage) }, leave},
	{"one instance cannot reach Redis: all is dropped", guarded,
		func(w *world) { w.cluster.Instances[1].ToRedis.Drop() },
		func(w *world) { w.cluster.Instances[1].ToRedis.Pass() }},
	{"one instance cannot reach Redis: all is refused", guarded,
		func(w *world) { w.cluster.Instances[2].ToRedis.Refuse() },
		func(w *world) { w.cluster.Instances[2].ToRedis.Pass() }},
	{"one instance cannot reach PostgreSQL: all is dropped", anything,
		func(w *world) { w.cluster.Instances[0].ToPostgres.Drop() },
		func(w *world) { w.cluster.Instances[0].ToPostgres.Pass() }},
	{"one instance cannot reach PostgreSQL: all is refused", anything,
		func(w *world) { w.cluster.Instances[1].ToPostgres.Refuse() },
		func(w *world) { w.cluster.Instances[1].ToPostgres.Pass() }},
	{"PostgreSQL is stopped (fast), and started again", anything,
		func(w *world) { w.cluster.Postgres.Shut(w.t) },
		func(w *world) { w.cluster.Postgres.Resume(w.t) }},
	{"PostgreSQL crashes (immediate), and recovers", anything,
		func(w *world) { w.cluster.Postgres.Halt() },
		func(w *world) { w.cluster.Postgres.Resume(w.t) }},
}

func leave(*world) {}

func restartAll(w *world) {
	for _, i := range w.cluster.Instances {
		i.Restart()
	}
}

// fail has one failure after the other, which all together take this long and the
// time that starting takes.
func (w *world) fail(all time.Duration) {
	w.outage = all / time.Duration(2*len(failures))
	for _, f := range failures {
		w.report.begin(f.name, f.trouble)
		f.begin(w)
		w.last(w.outage)
		f.repair(w)
		w.report.repaired()
		w.last(w.outage)
	}
}

// last lets a part of a run last this long.
func (w *world) last(d time.Duration) {
	select {
	case <-w.t.Context().Done():
	case <-time.After(d):
	}
}
