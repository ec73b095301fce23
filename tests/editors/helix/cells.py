# %%
# %idle_timeout 30
greeting = "Grüße"
print(greeting, 6 * 7)

# %%
before = 1
after = 2
wrong = before / 0

# %%
endless = True
while endless:
    pass

# %%
print(greeting, "again")
