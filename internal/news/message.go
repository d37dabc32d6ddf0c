package news

import (
	"encoding/binary"

	"github.com/google/uuid"
)

const (
	maxUsers  = 256 // of one message: 4 KB
	header    = 16 + 8
	widthOfID = 16
)

// message is what is published: a beat, or users whose rows have changed.
type message struct {
	from  uuid.UUID // the instance
	beat  uint64    // 0: it is none
	users []uuid.UUID
}

func (m message) encode() []byte {
	data := make([]byte, 0, header+widthOfID*len(m.users))
	data = append(data, m.from[:]...)
	data = binary.BigEndian.AppendUint64(data, m.beat)
	for _, user := range m.users {
		data = append(data, user[:]...)
	}
	return data
}

func decode(payload string) (m message, ok bool) {
	if len(payload) < header || (len(payload)-header)%widthOfID != 0 {
		return m, false
	}
	data := []byte(payload)
	m.from, m.beat = uuid.UUID(data[:widthOfID]), binary.BigEndian.Uint64(data[widthOfID:header])
	for data = data[header:]; len(data) > 0; data = data[widthOfID:] {
		m.users = append(m.users, uuid.UUID(data[:widthOfID]))
	}
	return m, true
}
