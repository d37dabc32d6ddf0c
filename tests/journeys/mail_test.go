package journeys

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"sallyport/internal/mail"
	"sallyport/models"
	"sallyport/tests/harness"
)

// delivery is a courier over a real database and a real mail server.
type delivery struct {
	t       *testing.T
	program *harness.Server
	server  *harness.MailServer
	courier *mail.Courier
	options mail.Options
	mu      sync.Mutex
	all     map[string][]mail.Outcome // by recipient
}

func onEachDatabaseWithMail(t *testing.T, test func(t *testing.T, d *delivery)) {
	harness.OnEachDatabase(t, func(t *testing.T, program *harness.Server) {
		d := &delivery{t: t, program: program, server: harness.NewMailServer(t), all: make(map[string][]mail.Outcome)}
		d.options = d.deliveredBy(program.Store)
		d.courier = mail.NewCourier(d.options)
		test(t, d)
	})
}

// deliveredBy are the options of a courier over this queue.
func (d *delivery) deliveredBy(queue mail.Queue) mail.Options {
	templates, err := mail.LoadTemplates("", "app.example.com")
	if err != nil {
		d.t.Fatal(err)
	}
	host, text, err := net.SplitHostPort(d.server.Address)
	if err != nil {
		d.t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		d.t.Fatal(err)
	}
	return mail.Options{
		Queue: queue, Templates: templates, Report: d.report, Now: d.program.Clock.Now, Log: slog.New(slog.DiscardHandler),
		Sender:  mail.Server{Host: host, Port: port, From: mail.Identity{From: "no-reply@example.com"}},
		Prepare: func(context.Context, mail.Message) (mail.Letter, bool, error) { return mail.Letter{}, true, nil },
	}
}

func (d *delivery) report(_ context.Context, m mail.Message, outcome mail.Outcome, _ error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all[m.To] = append(d.all[m.To], outcome)
}

// write queues a notice to each address, as of now.
func (d *delivery) write(to ...string) {
	d.t.Helper()
	now := d.program.Clock.Now()
	for _, address := range to {
		m := mail.Message{ID: uuid.Must(uuid.NewV7()), Kind: mail.NewDevice, To: address, CreatedAt: now, At: now}
		if err := d.program.Store.Write(d.t.Context(), func(tx *gorm.DB) error { return models.QueueMail(tx, m) }); err != nil {
			d.t.Fatal(err)
		}
	}
}

// deliver makes one pass and expects so many mails to be sent.
func (d *delivery) deliver(want int) {
	d.t.Helper()
	if sent, err := d.courier.Deliver(d.t.Context()); sent != want || err != nil {
		d.t.Errorf("%d sent, want %d: %v", sent, want, err)
	}
}

// want expects these outcomes for a recipient, and so many mails with it.
func (d *delivery) want(to string, mails int, outcomes ...mail.Outcome) {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.all[to], outcomes) {
		d.t.Errorf("%s: %v, want %v", to, d.all[to], outcomes)
	}
	if n := len(d.server.Mails(to)); n != mails {
		d.t.Errorf("%s has got %d mails, want %d", to, n, mails)
	}
}

// wantWaiting expects so many messages in the queue.
func (d *delivery) wantWaiting(want int) {
	d.t.Helper()
	if n := harness.Column(d.t, d.program.SQL(d.t), "SELECT CAST(count(*) AS text) FROM outbox"); n != strconv.Itoa(want) {
		d.t.Errorf("%s messages wait, want %d", n, want)
	}
}

const longest = 3 * time.Hour // longer than any wait between two attempts

func TestMail_DeliveredOnceAndThenNothingOfItStays(t *testing.T) {
	onEachDatabaseWithMail(t, func(t *testing.T, d *delivery) {
		d.write("ada@example.com", "bob@example.com")
		d.deliver(2)
		d.deliver(0)
		d.program.Clock.Advance(longest)
		d.deliver(0)
		d.want("ada@example.com", 1, mail.Delivered)
		d.want("bob@example.com", 1, mail.Delivered)
		d.wantWaiting(0)
	})
}

func TestMail_RecipientThatIsAlwaysRefusedHoldsUpNobody(t *testing.T) {
	onEachDatabaseWithMail(t, func(t *testing.T, d *delivery) {
		d.server.Behave(harness.MailBehaviour{Recipient: harness.NoMailbox, Of: "gone@example.com"})
		for range 5 {
			d.write("gone@example.com")
		}
		d.write("ada@example.com", "bob@example.com")
		d.deliver(2)
		d.want("ada@example.com", 1, mail.Delivered)
		d.want("bob@example.com", 1, mail.Delivered)
		d.want("gone@example.com", 0, slices.Repeat([]mail.Outcome{mail.GivenUp}, 5)...)
		d.wantWaiting(0)
	})
}

func TestMail_GreylistedIsRetriedForHours(t *testing.T) {
	onEachDatabaseWithMail(t, func(t *testing.T, d *delivery) {
		d.server.Behave(harness.MailBehaviour{Recipient: harness.Greylisted})
		d.write("ada@example.com")
		for range 5 {
			d.deliver(0)
			d.deliver(0) // it is not due again at once
			d.program.Clock.Advance(longest)
		}
		d.server.Behave(harness.MailBehaviour{})
		d.deliver(1)
		d.want("ada@example.com", 1, append(slices.Repeat([]mail.Outcome{mail.Retried}, 5), mail.Delivered)...)
	})
}

func TestMail_GivenUpAfterTwoDays(t *testing.T) {
	onEachDatabaseWithMail(t, func(t *testing.T, d *delivery) {
		d.server.Stop()
		d.write("ada@example.com")
		for age := time.Duration(0); age < 48*time.Hour; age += longest {
			d.deliver(0)
			d.wantWaiting(1)
			d.program.Clock.Advance(longest)
		}
		d.deliver(0)
		d.wantWaiting(0)
		d.want("ada@example.com", 0, append(slices.Repeat([]mail.Outcome{mail.Retried}, 16), mail.GivenUp)...)
	})
}

func TestMail_ServerThatWasDownGetsWhatWaited(t *testing.T) {
	onEachDatabaseWithMail(t, func(t *testing.T, d *delivery) {
		d.server.Stop()
		d.write("ada@example.com", "bob@example.com")
		d.deliver(0)
		d.server.Start()
		d.program.Clock.Advance(longest)
		d.deliver(2)
		d.want("ada@example.com", 1, mail.Retried, mail.Delivered)
		d.want("bob@example.com", 1, mail.Retried, mail.Delivered)
	})
}

// The operator can mend what is wrong with the sender; nobody's mail is lost
// meanwhile.
func TestMail_ServerThatRefusesUsIsAskedAgain(t *testing.T) {
	onEachDatabaseWithMail(t, func(t *testing.T, d *delivery) {
		d.server.Behave(harness.MailBehaviour{Recipient: harness.RelayDenied})
		d.write("ada@example.com")
		d.deliver(0)
		d.server.Behave(harness.MailBehaviour{})
		d.program.Clock.Advance(longest)
		d.deliver(1)
		d.want("ada@example.com", 1, mail.Retried, mail.Delivered)
	})
}

func TestMail_WhatNobodyWantsAnyMoreAfterAnOutageIsNotDelivered(t *testing.T) {
	onEachDatabaseWithMail(t, func(t *testing.T, d *delivery) {
		wanted := true
		d.options.Prepare = func(context.Context, mail.Message) (mail.Letter, bool, error) { return mail.Letter{}, wanted, nil }
		d.courier = mail.NewCourier(d.options)
		d.server.Stop()
		d.write("ada@example.com")
		d.deliver(0)
		d.server.Start()
		d.program.Clock.Advance(longest)
		wanted = false
		d.deliver(0)
		d.want("ada@example.com", 0, mail.Retried, mail.Dropped)
		d.wantWaiting(0)
	})
}

func TestMail_TwoInstancesDeliverEachMessageOnce(t *testing.T) {
	onEachDatabaseWithMail(t, func(t *testing.T, d *delivery) {
		store, err := harness.OpenStore(t.Context(), d.program.Config.Database, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		couriers := []*mail.Courier{d.courier, mail.NewCourier(d.deliveredBy(store))}
		const perRound, mostRounds = 20, 20
		sent, rounds := [2]int{}, 0
		for ; rounds < mostRounds && (sent[0] == 0 || sent[1] == 0); rounds++ {
			d.write(slices.Repeat([]string{"ada@example.com"}, perRound)...)
			harness.Together(harness.Times(2, func(i int) {
				n, err := couriers[i].Deliver(t.Context())
				if err != nil {
					t.Error(err)
				}
				sent[i] += n
			})...)
		}
		if sent[0] == 0 || sent[1] == 0 || sent[0]+sent[1] != rounds*perRound {
			t.Errorf("%v sent of %d", sent, rounds*perRound)
		}
		ids := make(map[string]bool)
		for _, m := range d.server.Mails("ada@example.com") {
			ids[m.Header.Get("Message-Id")] = true
		}
		d.want("ada@example.com", rounds*perRound, slices.Repeat([]mail.Outcome{mail.Delivered}, rounds*perRound)...)
		if len(ids) != rounds*perRound {
			t.Errorf("%d different mails, want %d", len(ids), rounds*perRound)
		}
		d.wantWaiting(0)
	})
}

// killed is the queue of a program that is killed as soon as the mail server has
// taken a mail: it never learns that the mail is delivered.
type killed struct{ mail.Queue }

func (killed) RemoveMail(context.Context, mail.Message) error { return errors.New("killed") }

func TestMail_KilledBehindThe250IsOneDuplicateOfTheSameID(t *testing.T) {
	onEachDatabaseWithMail(t, func(t *testing.T, d *delivery) {
		d.write("ada@example.com")
		if _, err := mail.NewCourier(d.deliveredBy(killed{d.program.Store})).Deliver(t.Context()); err != nil {
			t.Error(err)
		}
		d.deliver(0) // somebody may still be at it
		d.program.Clock.Advance(5 * time.Minute)
		d.deliver(1)
		d.program.Clock.Advance(longest)
		d.deliver(0)
		mails := d.server.Mails("ada@example.com")
		if len(mails) != 2 || mails[0].Header.Get("Message-Id") != mails[1].Header.Get("Message-Id") {
			t.Errorf("%d mails", len(mails))
		}
		d.wantWaiting(0)
	})
}

// Mail programs hide one of two mails with one Message-ID: whichever a person sees
// has a link that works.
func TestMail_TheLinkOfEachDuplicateWorks(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		options := server.Courier.Options
		options.Queue = killed{server.Store}
		twice := func(to string) (first, second string) {
			if _, err := mail.NewCourier(options).Deliver(t.Context()); err != nil {
				t.Error(err)
			}
			first = harness.Last(t, server.MailServer.Mails(to)).Token(t)
			server.Clock.Advance(5 * time.Minute)
			server.Deliver(t)
			return first, harness.Last(t, server.MailServer.Mails(to)).Token(t)
		}
		ada := server.SignUp(t, "ada")
		first, _ := twice(harness.Email("ada"))
		server.Verify(t, first).Want(t, http.StatusOK, "")
		ada.ChangeEmail(nextEmail).Want(t, http.StatusOK, "")
		server.Verify(t, server.LastMail(t, nextEmail).Token(t)).Want(t, http.StatusOK, "")
		first, second := twice(harness.Email("ada"))
		undo(t, server, first).Want(t, http.StatusOK, "")
		if first == second {
			t.Error("there was one mail")
		}
		undo(t, server, second).Want(t, http.StatusBadRequest, "link_invalid") // one of them, once
	})
}

func TestMail_MessageDeletedWhileItIsSentIsNoError(t *testing.T) {
	onEachDatabaseWithMail(t, func(t *testing.T, d *delivery) {
		d.write("ada@example.com")
		db := d.program.SQL(t)
		d.server.Behave(harness.MailBehaviour{OnTaken: func() {
			if _, err := db.ExecContext(t.Context(), "DELETE FROM outbox"); err != nil {
				t.Error(err)
			}
		}})
		d.deliver(1)
		d.want("ada@example.com", 1, mail.Delivered)
		d.wantWaiting(0)
	})
}
