package keepalived

import (
	"math"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// maxWholeSeconds is the longest time of keepalived's timers, in whole seconds.
const maxWholeSeconds = int64(maxTimer / time.Second)

// announcementRows are about gratuitous ARPs: of an instance, or with the prefix
// vrrp_ of all of them.
func announcementRows[T any](prefix string, a func(*T) *config.Announcements) []row[T] {
	old := "vmac_garp_intvl"
	if prefix != "" {
		old = "vrrp_vmac_garp_intvl"
	}
	return []row[T]{
		secondsRow(prefix+"garp_master_delay", 0, maxWholeSeconds, func(t *T) *config.Span { return &a(t).MasterDelay }),
		countRow(prefix+"garp_master_repeat", 1, math.MaxUint32, func(t *T) *config.Value[uint32] { return &a(t).MasterRepeat }),
		secondsRow(prefix+"garp_master_refresh", 0, math.MaxUint32, func(t *T) *config.Span { return &a(t).MasterRefresh }),
		countRow(prefix+"garp_master_refresh_repeat", 1, math.MaxUint32, func(t *T) *config.Value[uint32] { return &a(t).MasterRefreshRepeat }),
		secondsRow(prefix+"garp_lower_prio_delay", 0, maxWholeSeconds, func(t *T) *config.Span { return &a(t).LowerPrioDelay }),
		countRow(prefix+"garp_lower_prio_repeat", 0, math.MaxInt32, func(t *T) *config.Value[uint32] { return &a(t).LowerPrioRepeat }),
		garpExtraRow(prefix+"garp_extra_if "+old, a),
	}
}

// garpExtraRow is garp_extra_if [all] SECONDS.
func garpExtraRow[T any](names string, a func(*T) *config.Announcements) row[T] {
	return row[T]{
		names: names, args: 1, lax: true, more: true,
		read: func(r *reader, s *statement, to *T) {
			var all config.Flag
			var interval config.Span
			for _, w := range s.words[1:] {
				if w.text == "all" {
					all = config.Write(true, w.at)
					continue
				}
				n, ok := r.integer(w, 0, 86400, tolerant, asKeepalived)
				if !ok {
					return
				}
				interval = config.Write(time.Duration(n)*time.Second, w.at)
			}
			if interval.IsSet() {
				a(to).ExtraInterval, a(to).ExtraAll = interval, all
				return
			}
			r.warn(s.at(), "", "%s has no time: %s", quote(s.keyword()), asKeepalived)
		},
		write: func(from *T) []Line {
			v := a(from).ExtraInterval
			if !v.IsSet() {
				return nil
			}
			words := []string{first(names)}
			if a(from).ExtraAll.V {
				words = append(words, "all")
			}
			return []Line{{Words: append(words, seconds(v.V)), Where: v.Where}}
		},
	}
}

// behaviourRows are how a router treats advertisements.
func behaviourRows[T any](prefix string, b func(*T) *config.VRRPBehaviour) []row[T] {
	skip := boolRow(prefix+"skip_check_adv_addr", func(t *T) *config.Flag { return &b(t).SkipCheckAddresses })
	if prefix != "" {
		skip = flagRow(prefix+"skip_check_adv_addr", true, func(t *T) *config.Flag { return &b(t).SkipCheckAddresses })
	}
	return []row[T]{
		numberRow(prefix+"down_timer_adverts", 1, 100, tolerant, asKeepalived, func(t *T) *config.Value[uint8] { return &b(t).DownTimerAdverts }),
		boolRow(prefix+"lower_prio_no_advert", func(t *T) *config.Flag { return &b(t).LowerPrioNoAdvert }),
		boolRow(prefix+"higher_prio_send_advert", func(t *T) *config.Flag { return &b(t).HigherPrioSendAdvert }),
		boolRow(prefix+"owner_ignore_adverts", func(t *T) *config.Flag { return &b(t).OwnerIgnoreAdverts }),
		boolRow("v3_checksum_as_v2", func(t *T) *config.Flag { return &b(t).ChecksumAsV2 }),
		skip,
	}
}
