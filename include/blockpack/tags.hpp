// What can be asked about: names of attributes, and values of fields. Part of blockpack.hpp.
#ifndef BLOCKPACK_TAGS_HPP
#define BLOCKPACK_TAGS_HPP

#include "query.hpp"

#include <string_view>
#include <vector>

namespace blockpack {

// Names of attributes. Holds no blocks.
class TagNames {
  public:
    explicit TagNames(bp_tag_names *names) : names_(names) {}

    // Those of one of BP_SCOPE_...
    static Result<TagNames> of(const Blocks &blocks, bp_scope scope = BP_SCOPE_ANY) {
        return detail::make<TagNames, bp_tag_names>([&](bp_tag_names **out, bp_error **err) {
            return bp_tag_names_new(blocks.get(), scope, out, err);
        });
    }

    size_t size() const { return bp_tag_names_len(get()); }
    Result<std::vector<bp_tag_name>> all() const {
        return detail::fill_array<bp_tag_name>(
            size(), [&](bp_tag_name *out, size_t cap, size_t *count, bp_error **err) {
                return bp_tag_names_get(get(), 0, out, cap, count, err);
            });
    }
    bp_tag_names *get() const { return names_.get(); }

  private:
    detail::Owner<bp_tag_names, bp_tag_names_free> names_;
};

// Values of a field. Holds no blocks.
class TagValues {
  public:
    explicit TagValues(bp_tag_values *values) : values_(values) {}

    // Those of all spans.
    static Result<TagValues> of(const Blocks &blocks, std::string_view name,
                                const bp_search_options &options = BP_SEARCH_OPTIONS_INIT) {
        return of(blocks, name, nullptr, options);
    }
    // Those of the spans that a query finds.
    static Result<TagValues> of(const Blocks &blocks, std::string_view name, const Query &filter,
                                const bp_search_options &options = BP_SEARCH_OPTIONS_INIT) {
        return of(blocks, name, filter.get(), options);
    }

    size_t size() const { return bp_tag_values_len(get()); }
    // Whether there are more than the limit let through.
    bool is_cut_off() const { return bp_tag_values_is_cut_off(get()); }
    Result<std::vector<Value>> all() const {
        return detail::collect<bp_value, Value>(
            [&](size_t first, bp_value *out, size_t cap, size_t *count, bp_error **err) {
                return bp_tag_values_get(get(), first, out, cap, count, err);
            });
    }
    bp_tag_values *get() const { return values_.get(); }

  private:
    static Result<TagValues> of(const Blocks &blocks, std::string_view name, const bp_query *filter,
                                const bp_search_options &options) {
        return detail::make<TagValues, bp_tag_values>([&](bp_tag_values **out, bp_error **err) {
            return bp_tag_values_new(blocks.get(), raw(name), filter, &options, out, err);
        });
    }

    detail::Owner<bp_tag_values, bp_tag_values_free> values_;
};

}  // namespace blockpack

#endif  // BLOCKPACK_TAGS_HPP
