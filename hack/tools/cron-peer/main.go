// The schedules of Kubernetes' CronJobs, for comparison: reads {"schedule", "timeZone", "after", "until"} as lines of JSON (epoch
// milliseconds) and answers each with its slots, null where robfig/cron refuses the schedule, and with the offset from UTC of every half hour
// in between, in seconds: what Go's time zone database says.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"time"
	_ "time/tzdata"

	"github.com/robfig/cron/v3"
)

type question struct {
	Schedule string `json:"schedule"`
	TimeZone string `json:"timeZone"`
	After    int64  `json:"after"`
	Until    int64  `json:"until"`
}

type answer struct {
	Slots   []int64 `json:"slots"`
	Offsets []int   `json:"offsets"`
}

func slots(q question) []int64 {
	parsed, err := cron.ParseStandard("TZ=" + q.TimeZone + " " + q.Schedule)
	if err != nil {
		return nil
	}
	found := []int64{}
	for at := parsed.Next(time.UnixMilli(q.After)); !at.IsZero() && at.UnixMilli() <= q.Until; at = parsed.Next(at) {
		found = append(found, at.UnixMilli())
	}
	return found
}

func offsets(q question) []int {
	zone, err := time.LoadLocation(q.TimeZone)
	if err != nil {
		panic(err)
	}
	found := []int{}
	for at := q.After; at <= q.Until && len(found) < 100; at += 1800_000 {
		_, offset := time.UnixMilli(at).In(zone).Zone()
		found = append(found, offset)
	}
	return found
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var q question
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			panic(err)
		}
		text, _ := json.Marshal(answer{slots(q), offsets(q)})
		out.Write(append(text, '\n'))
	}
}
