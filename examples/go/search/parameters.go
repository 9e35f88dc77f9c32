package main

import (
	"net/http"
	"strconv"
	"time"
)

// intParameter reads a parameter that is a number; 0 if it is not there.
func intParameter(r *http.Request, name string) (int, error) {
	text := r.FormValue(name)
	if text == "" {
		return 0, nil
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 0 {
		return 0, wrong("%s=%q is no number from 0 on", name, text)
	}
	return number, nil
}

// timeParameter reads a time: seconds since 1970, which may have a fraction, or nanoseconds if it is so
// large a number, or as in RFC 3339. The zero time if it is not there.
func timeParameter(r *http.Request, name string) (time.Time, error) {
	text := r.FormValue(name)
	if text == "" {
		return time.Time{}, nil
	}
	if number, err := strconv.ParseInt(text, 10, 64); err == nil && number >= 0 {
		const latestSecond = 1 << 34 // in the year 2514
		if number < latestSecond {
			return time.Unix(number, 0), nil
		}
		return time.Unix(0, number), nil
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 && seconds < 1<<33 {
		return time.Unix(0, int64(seconds*float64(time.Second))), nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, wrong("%s=%q is no time: seconds since 1970, or as in 2006-01-02T15:04:05Z", name, text)
	}
	return at, nil
}

// timesParameter reads start and end.
func timesParameter(r *http.Request) (start, end time.Time, err error) {
	if start, err = timeParameter(r, "start"); err != nil {
		return start, end, err
	}
	if end, err = timeParameter(r, "end"); err != nil {
		return start, end, err
	}
	if !end.IsZero() && end.Before(start) {
		return start, end, wrong("end is before start")
	}
	return start, end, nil
}
